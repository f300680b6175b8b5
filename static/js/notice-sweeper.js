// What was refused is old news once something was done: the sentence above the message box goes. A page of earlier messages
// has no socket that would bring the change: it is loaded again.
// <notice-sweeper hidden></notice-sweeper> once a page.
class NoticeSweeper extends HTMLElement {
  connectedCallback() { document.addEventListener("htmx:afterRequest", this.#done); }

  disconnectedCallback() { document.removeEventListener("htmx:afterRequest", this.#done); }

  #done = ({ detail }) => {
    const here = detail.successful && detail.requestConfig.verb === "post";
    if (here && /\/sessions\/[\w-]+\/(messages\/.|restore|restore-context)/.test(detail.requestConfig.path)) {
      document.getElementById("composer-notice")?.replaceChildren();
      if (!document.querySelector("workspace-socket, #window") && !detail.xhr.getResponseHeader("HX-Redirect")) location.reload();
    }
  };
}
customElements.define("notice-sweeper", NoticeSweeper);

// What was refused is old news once something was done, or its cause is gone: the sentence above the message box goes. A page
// of earlier messages has no socket that would bring the change: it is loaded again.
// <notice-sweeper hidden></notice-sweeper> once a page; refusals are <p id="composer-notice-text" data-kind="not_now">.
class NoticeSweeper extends HTMLElement {
  connectedCallback() {
    document.addEventListener("htmx:afterRequest", this.#done);
    document.addEventListener("input", this.#changed);
    document.addEventListener("files-changed", this.#changed);
    document.body.addEventListener("file-removed", this.#drop);
    document.body.addEventListener("reply-ended", this.#quiet);
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:afterRequest", this.#done);
    document.removeEventListener("input", this.#changed);
    document.removeEventListener("files-changed", this.#changed);
    document.body.removeEventListener("file-removed", this.#drop);
    document.body.removeEventListener("reply-ended", this.#quiet);
  }

  get #refusal() { return document.getElementById("composer-notice-text"); }

  #done = ({ detail }) => {
    const here = detail.successful && detail.requestConfig.verb === "post";
    if (here && /\/sessions\/[\w-]+\/(messages\/.|restore|restore-context)/.test(detail.requestConfig.path)) {
      document.getElementById("composer-notice")?.replaceChildren();
      if (!document.querySelector("workspace-socket, #window") && !detail.xhr.getResponseHeader("HX-Redirect")) location.reload();
    }
  };

  // A reply that runs is not the message's fault: that refusal stands until it has ended.
  #changed = ({ target }) => { if (target.closest("#composer")) this.#drop(); };

  #drop = () => { if (this.#refusal?.dataset.kind !== "not_now") this.#refusal?.remove(); };

  #quiet = () => { if (this.#refusal?.dataset.kind === "not_now") this.#refusal.remove(); };
}
customElements.define("notice-sweeper", NoticeSweeper);

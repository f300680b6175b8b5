// Ends what lives on a page whose session is not there any more: the answer that was written, its clock, Stop. Asks the server
// what became of it: for one's own that was deleted it answers with the way back. Once frames come again, that has been gone.
// <live-end hidden></live-end> once a page. Listens for connection-changed {state: "gone"} and frame-applied.
class LiveEnd extends HTMLElement {
  #told = false;

  connectedCallback() {
    document.body.addEventListener("connection-changed", this.#changed);
    document.body.addEventListener("frame-applied", this.#back);
  }

  disconnectedCallback() {
    document.body.removeEventListener("connection-changed", this.#changed);
    document.body.removeEventListener("frame-applied", this.#back);
  }

  #changed = ({ detail }) => {
    if (detail.state !== "gone") return;
    for (const article of document.querySelectorAll("#log [data-live]")) {
      delete article.dataset.live;
      article.dataset.status = "stopped";
      for (const part of article.querySelectorAll(".message__state, .message__clock")) part.remove();
    }
    for (const part of document.querySelectorAll("#composer-actions .stop, #composer-actions .composer__hint")) part.remove();
    if (!this.#told) htmx.ajax("GET", `${location.pathname}deleted/`, { source: this, target: "#composer-notice" }).catch(() => { /* the banner says that it is gone */ });
    this.#told = true;
  };

  #back = () => {
    this.#told = false;
    document.getElementById("session-deleted")?.remove();
  };
}
customElements.define("live-end", LiveEnd);

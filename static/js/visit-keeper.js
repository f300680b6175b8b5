// Tells the server that the open session is looked at: as it opens, when an answer has ended or a
// notification came, when the tab is seen again.
// <visit-keeper hidden data-url="/sessions/ID/visit/"></visit-keeper> once a page with a session.
class VisitKeeper extends HTMLElement {
  connectedCallback() {
    document.body.addEventListener("reply-ended", this.#look);
    document.body.addEventListener("card-arrived", this.#look);
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  disconnectedCallback() {
    document.body.removeEventListener("reply-ended", this.#look);
    document.body.removeEventListener("card-arrived", this.#look);
    document.removeEventListener("visibilitychange", this.#look);
  }

  #look = () => {
    if (!document.hidden) htmx.ajax("POST", this.dataset.url, { source: this, swap: "none" }).catch(() => { /* the next look notes it */ });
  };
}
customElements.define("visit-keeper", VisitKeeper);

// Asks before what cannot be taken back lightly, in place of the browser's own box.
// <confirm-dialog><dialog>…<p data-sentence></p>…<button value="no">…</button><button value="yes" data-act></button></dialog></confirm-dialog> once a page;
// whoever asks carries hx-confirm="sentence" and data-act="the word on the button" beside its hx-post.
class ConfirmDialog extends HTMLElement {
  #dialog; #go = null; #asked = "";

  connectedCallback() {
    this.#dialog = this.querySelector("dialog");
    this.#dialog.addEventListener("close", () => this.#closed());
    document.body.addEventListener("htmx:confirm", this.#ask);
  }

  disconnectedCallback() { document.body.removeEventListener("htmx:confirm", this.#ask); }

  #ask = (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    this.#asked = event.target.id || document.activeElement?.id;
    this.#go = () => event.detail.issueRequest(true);
    this.#dialog.querySelector("[data-sentence]").textContent = event.detail.question;
    const act = this.#dialog.querySelector("[data-act]");
    act.textContent = event.target.closest("[data-act]")?.dataset.act || act.dataset.act;
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
  };

  #closed() {
    if (this.#dialog.returnValue === "yes") this.#go?.();
    this.#go = null;
    // What had the focus may have been replaced meanwhile: then it is still on a button of the closed dialog, and lost in a moment.
    const lost = document.activeElement === document.body || this.#dialog.contains(document.activeElement);
    if (this.#asked && lost) document.getElementById(this.#asked)?.focus({ preventScroll: true });
  }
}
customElements.define("confirm-dialog", ConfirmDialog);

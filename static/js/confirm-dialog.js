// Asks before what cannot be taken back lightly, in place of the browser's own box.
// <confirm-dialog><dialog>…<p data-sentence></p>…<button value="no">…</button><button value="yes" data-act></button></dialog></confirm-dialog> once a page;
// whoever asks carries hx-confirm="sentence" and data-act="the word on the button" beside its hx-post. Asked of many, it
// has data-count (a selector: how many there are goes where %d stands) and data-one (the sentence for one); of none, nothing is asked.
class ConfirmDialog extends HTMLElement {
  #dialog; #go = null; #asked = "";

  connectedCallback() {
    this.#dialog = this.querySelector("dialog");
    this.#dialog.addEventListener("close", () => this.#closed());
    document.body.addEventListener("htmx:confirm", this.#ask);
  }

  disconnectedCallback() { document.body.removeEventListener("htmx:confirm", this.#ask); }

  #ask = (event) => {
    const question = this.#question(event);
    if (!question) return;
    event.preventDefault();
    this.#asked = event.target.id || document.activeElement?.id;
    this.#go = () => event.detail.issueRequest(true);
    this.#dialog.querySelector("[data-sentence]").textContent = question;
    const act = this.#dialog.querySelector("[data-act]");
    act.textContent = event.target.closest("[data-act]")?.dataset.act || act.dataset.act;
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
  };

  #question({ target, detail: { question } }) {
    const { count, one } = target.closest("[data-act]")?.dataset ?? {};
    if (!question || !count) return question;
    const many = document.querySelectorAll(count).length;
    if (many < 2) return many && one;
    return question.replace("%d", many);
  }

  #closed() {
    if (this.#dialog.returnValue === "yes") this.#go?.();
    this.#go = null;
    // What had the focus may have been replaced meanwhile: then it is still on a button of the closed dialog, and lost in a moment.
    const lost = document.activeElement === document.body || this.#dialog.contains(document.activeElement);
    if (this.#asked && lost) document.getElementById(this.#asked)?.focus({ preventScroll: true });
  }
}
customElements.define("confirm-dialog", ConfirmDialog);

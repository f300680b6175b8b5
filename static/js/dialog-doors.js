// Opens dialogs by their buttons, and closes them once the server took what was entered.
// <dialog-doors hidden></dialog-doors> once a page; <button data-dialog="ID" data-fill="#source">, <dialog id="ID"> with
// an optional <textarea data-filled> that begins with the value of the source, and <button data-dialog-close>.
class DialogDoors extends HTMLElement {
  #opened = null;

  connectedCallback() {
    document.addEventListener("click", this.#clicked);
    document.addEventListener("htmx:afterRequest", this.#answered);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#clicked);
    document.removeEventListener("htmx:afterRequest", this.#answered);
  }

  #clicked = ({ target }) => {
    target.closest?.("[data-dialog-close]")?.closest("dialog")?.close();
    const button = target.closest?.("[data-dialog]");
    const dialog = button && document.getElementById(button.dataset.dialog);
    if (!dialog) return;
    const source = button.dataset.fill && document.querySelector(button.dataset.fill);
    const field = dialog.querySelector("[data-filled]");
    if (source && field) field.value = source.value;
    this.#opened = dialog;
    dialog.showModal();
    field?.focus();
  };

  #answered = ({ target, detail }) => {
    const dialog = detail.successful && target.matches?.("dialog form") && target.closest("dialog");
    if (dialog && dialog === this.#opened) dialog.close();
  };
}
customElements.define("dialog-doors", DialogDoors);

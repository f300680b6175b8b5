// A text box grows with its text where CSS cannot do it (field-sizing).
// <growing-box hidden></growing-box> inside a form with a textarea "content". Listens for draft-restored and message-taken on the form.
class GrowingBox extends HTMLElement {
  #box;

  connectedCallback() {
    if (CSS.supports("field-sizing", "content")) return;
    const form = this.closest("form");
    this.#box = form.elements.content;
    this.#box.addEventListener("input", () => this.#grow());
    for (const name of ["draft-restored", "message-taken"]) form.addEventListener(name, () => this.#grow());
    this.#grow();
  }

  #grow() {
    this.#box.style.blockSize = "auto";
    this.#box.style.blockSize = `${this.#box.scrollHeight}px`;
  }
}
customElements.define("growing-box", GrowingBox);

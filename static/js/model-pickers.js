// The composer's model and the session's are one choice: whichever is changed, the other follows.
// <model-pickers hidden></model-pickers> once a page; #composer select[name=model] and #model-form select[name=model].
class ModelPickers extends HTMLElement {
  connectedCallback() { document.addEventListener("change", this.#changed); }

  disconnectedCallback() { document.removeEventListener("change", this.#changed); }

  #changed = ({ target, isTrusted }) => {
    if (!isTrusted || !target.matches("#composer select[name=model], #model-form select[name=model]")) return;
    const inForm = target.closest("#model-form");
    const other = document.querySelector(inForm ? "#composer select[name=model]" : "#model-form select[name=model]");
    if (!other || other.value === target.value) return;
    other.value = target.value;
    if (!inForm) other.dispatchEvent(new Event("change", { bubbles: true }));
  };
}
customElements.define("model-pickers", ModelPickers);

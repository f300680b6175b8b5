// The composer's model and the session's are one choice: whichever is changed, the other follows.
// <model-pickers hidden></model-pickers> once a page; #composer select[name=model] and #model-form select[name=model].
// Listens on body for model-chosen {model}: what a command chose.
class ModelPickers extends HTMLElement {
  connectedCallback() {
    document.addEventListener("change", this.#changed);
    document.body.addEventListener("model-chosen", this.#chosen);
  }

  disconnectedCallback() {
    document.removeEventListener("change", this.#changed);
    document.body.removeEventListener("model-chosen", this.#chosen);
  }

  #chosen = ({ detail }) => {
    for (const picker of document.querySelectorAll("#composer select[name=model], #model-form select[name=model]")) picker.value = detail.model;
  };

  #changed = ({ target }) => {
    if (!target.matches("#composer select[name=model], #model-form select[name=model]")) return;
    const inForm = target.closest("#model-form");
    const other = document.querySelector(inForm ? "#composer select[name=model]" : "#model-form select[name=model]");
    if (!other || other.value === target.value) return;
    other.value = target.value;
    if (!inForm) other.dispatchEvent(new Event("change", { bubbles: true }));
  };
}
customElements.define("model-pickers", ModelPickers);

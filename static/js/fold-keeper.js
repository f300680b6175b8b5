// What a person opened or chose stays so when a frame replaces the block.
// <fold-keeper hidden></fold-keeper> once a page; works on <details id> and named radios inside #log.
class FoldKeeper extends HTMLElement {
  #folds = new Map();
  #choices = new Map();

  connectedCallback() {
    document.addEventListener("click", this.#opened);
    document.addEventListener("change", this.#chose);
    document.body.addEventListener("frame-applied", this.#restore);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#opened);
    document.removeEventListener("change", this.#chose);
    document.body.removeEventListener("frame-applied", this.#restore);
  }

  // A click on the summary only: the toggle event also fires for what the server opened.
  #opened = (event) => {
    const fold = event.target.closest?.("#log summary")?.parentElement;
    if (fold?.id) this.#folds.set(fold.id, !fold.open);
  };

  #chose = ({ target }) => {
    if (target.type === "radio" && target.closest("#log")) this.#choices.set(target.name, target.value);
  };

  #restore = () => {
    for (const [id, open] of this.#folds) {
      const fold = document.getElementById(id);
      if (fold && fold.open !== open) fold.open = open;
    }
    for (const [name, value] of this.#choices) {
      const radio = document.querySelector(`#log input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
      if (radio && !radio.checked) radio.checked = true;
    }
  };
}
customElements.define("fold-keeper", FoldKeeper);

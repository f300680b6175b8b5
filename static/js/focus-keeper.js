// A frame may remove the button that has the focus; the focus then goes to the nearest place that stays.
// <focus-keeper hidden></focus-keeper> once a page.
class FocusKeeper extends HTMLElement {
  #place = "";

  connectedCallback() {
    document.addEventListener("focusin", this.#moved);
    document.body.addEventListener("frame-applied", this.#mend);
  }

  disconnectedCallback() {
    document.removeEventListener("focusin", this.#moved);
    document.body.removeEventListener("frame-applied", this.#mend);
  }

  #moved = ({ target }) => {
    this.#place = target.closest("#composer-actions, #pending") ? "message-box" : target.closest("#log") ? "log" : "";
  };

  #mend = () => {
    if (!this.#place || document.activeElement !== document.body) return;
    document.getElementById(this.#place)?.focus({ preventScroll: true });
  };
}
customElements.define("focus-keeper", FocusKeeper);

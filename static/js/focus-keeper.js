// A frame may remove the button that has the focus; the focus then goes to the nearest place that stays.
// <focus-keeper hidden></focus-keeper> once a page; <button data-keep="name"> in an article gets it back in the article that replaces it.
class FocusKeeper extends HTMLElement {
  #place = ""; #same = "";

  connectedCallback() {
    document.addEventListener("focusin", this.#moved);
    document.body.addEventListener("frame-applied", this.#mend);
  }

  disconnectedCallback() {
    document.removeEventListener("focusin", this.#moved);
    document.body.removeEventListener("frame-applied", this.#mend);
  }

  #moved = ({ target }) => {
    const article = target.dataset.keep && target.closest("article[id]");
    this.#same = article ? `#${article.id} [data-keep="${CSS.escape(target.dataset.keep)}"]` : "";
    this.#place = target.closest("#composer-actions, #pending") ? "message-box" : target.closest("#tag-chips") ? "tag-add" : target.closest("#log") ? "log" : "";
  };

  #mend = () => {
    if (!this.#place || document.activeElement !== document.body) return;
    const same = this.#same && document.querySelector(this.#same);
    (same || document.getElementById(this.#place))?.focus({ preventScroll: true });
  };
}
customElements.define("focus-keeper", FocusKeeper);

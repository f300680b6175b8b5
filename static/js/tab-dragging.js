// A tab is dragged to another place among the tabs; the keys and the menu of all tabs do the same. Fingers scroll instead.
// <tab-dragging hidden></tab-dragging> once a page; works on .tab[data-tab]. Tells: tab-dropped {tab} where its place changed.
class TabDragging extends HTMLElement {
  #tab = null; #from = 0; #place = -1; #moved = false;

  connectedCallback() {
    document.addEventListener("pointerdown", this.#began);
    document.addEventListener("pointermove", this.#went);
    document.addEventListener("pointerup", this.#ended);
    document.addEventListener("pointercancel", this.#ended);
    document.addEventListener("click", this.#clicked, { capture: true });
  }

  disconnectedCallback() {
    document.removeEventListener("pointerdown", this.#began);
    document.removeEventListener("pointermove", this.#went);
    document.removeEventListener("pointerup", this.#ended);
    document.removeEventListener("pointercancel", this.#ended);
    document.removeEventListener("click", this.#clicked, { capture: true });
  }

  #began = (event) => {
    this.#moved = false;
    const tab = event.target.closest?.(".tab[data-tab]");
    if (!tab || event.button || event.pointerType === "touch" || event.target.closest(".tab__close, input")) return;
    this.#tab = tab;
    this.#from = event.clientX;
    this.#place = this.#index(tab);
  };

  #index(tab) { return [...tab.parentElement.children].indexOf(tab); }

  #went = ({ clientX }) => {
    const tab = this.#tab;
    if (!tab || (!this.#moved && Math.abs(clientX - this.#from) < 6)) return;
    this.#moved = true;
    tab.classList.add("tab--dragged");
    const { previousElementSibling: before, nextElementSibling: after } = tab;
    if (before?.dataset.tab && clientX < this.#middle(before)) before.before(tab);
    else if (after?.dataset.tab && clientX > this.#middle(after)) after.after(tab);
  };

  #middle(tab) {
    const { left, width } = tab.getBoundingClientRect();
    return left + width / 2;
  }

  #ended = () => {
    const tab = this.#tab;
    this.#tab = null;
    if (!tab || !this.#moved) return;
    tab.classList.remove("tab--dragged");
    if (this.#index(tab) !== this.#place) document.body.dispatchEvent(new CustomEvent("tab-dropped", { detail: { tab } }));
  };

  // The click that ends a drag opens nothing.
  #clicked = (event) => {
    if (!this.#moved || !event.target.closest?.(".tab")) return;
    this.#moved = false;
    event.preventDefault();
    event.stopPropagation();
  };
}
customElements.define("tab-dragging", TabDragging);

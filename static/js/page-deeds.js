// Does for the palette what something of the page does: clicks it, or opens it.
// <page-deeds hidden></page-deeds> once a page. Listens on body for deed-chosen {option}: data-click is a selector, of which
// the first that is seen is clicked; data-popover an id. A field in it with data-from (a selector) begins with that text.
class PageDeeds extends HTMLElement {
  connectedCallback() { document.body.addEventListener("deed-chosen", this.#chosen); }

  disconnectedCallback() { document.body.removeEventListener("deed-chosen", this.#chosen); }

  #chosen = ({ detail: { option } }) => {
    const { click, popover } = option.dataset;
    if (click) this.#click([...document.querySelectorAll(click)]);
    if (popover) this.#open(document.getElementById(popover));
  };

  #click(found) { (found.find((each) => each.checkVisibility()) ?? found[0])?.click(); }

  #open(popover) {
    popover?.showPopover();
    const field = popover?.querySelector("[data-from]");
    if (!field) return;
    field.value = document.querySelector(field.dataset.from).textContent.trim();
    field.select();
  }
}
customElements.define("page-deeds", PageDeeds);

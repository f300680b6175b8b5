// A row that goes gives the focus it has to the next one, the last to the one before it.
// <row-focus><ul><li><p tabindex="-1">…</p><form hx-target="the li" hx-swap="outerHTML">…</li></ul></row-focus>; an answer without
// text is that the row is gone.
class RowFocus extends HTMLElement {
  connectedCallback() { this.addEventListener("htmx:beforeSwap", this.#swapped); }

  disconnectedCallback() { this.removeEventListener("htmx:beforeSwap", this.#swapped); }

  #swapped = ({ target, detail }) => {
    if (detail.xhr.responseText || !target.contains(document.activeElement)) return;
    (target.nextElementSibling ?? target.previousElementSibling)?.querySelector("[tabindex]")?.focus();
  };
}
customElements.define("row-focus", RowFocus);

// Keeps what the reader holds when the rows of the page of all sessions are fetched anew: what is selected, and the focus. While
// the actions of a row stand open the rows wait.
// <entries-keeper hidden></entries-keeper> once a page, beside <div id="entries-rows" hx-get="…" hx-trigger="sessions-changed from:body">.
class EntriesKeeper extends HTMLElement {
  #due = false; #selected = []; #focused = "";

  connectedCallback() {
    document.addEventListener("htmx:beforeSwap", this.#before);
    document.addEventListener("htmx:afterSwap", this.#after);
    document.addEventListener("toggle", this.#toggled, { capture: true });
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:beforeSwap", this.#before);
    document.removeEventListener("htmx:afterSwap", this.#after);
    document.removeEventListener("toggle", this.#toggled, { capture: true });
  }

  get #rows() { return document.getElementById("entries-rows"); }

  get #open() { return this.#rows.querySelector("details[open]"); }

  #before = (event) => {
    if (event.target !== this.#rows || !event.detail.shouldSwap) return;
    this.#due = Boolean(this.#open);
    if (this.#due) event.detail.shouldSwap = false;
    this.#selected = [...this.#rows.querySelectorAll(":checked")].map(({ id }) => id);
    this.#focused = this.#rows.contains(document.activeElement) ? document.activeElement.id : "";
  };

  #after = ({ target }) => {
    if (target !== this.#rows) return;
    for (const id of this.#selected) Object.assign(document.getElementById(id) ?? {}, { checked: true });
    if (this.#focused) document.getElementById(this.#focused)?.focus({ preventScroll: true });
  };

  #toggled = ({ target }) => {
    if (!this.#due || !this.#rows.contains(target) || this.#open) return;
    this.#due = false;
    document.body.dispatchEvent(new CustomEvent("sessions-changed"));
  };
}
customElements.define("entries-keeper", EntriesKeeper);

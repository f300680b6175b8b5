// What the list is narrowed to stays so from session to session, in this tab.
// <session-filters popover><form>…fields…</form></session-filters>; a chip carries data-filter-off="name of the field".
// Says list-from-start on body.
class SessionFilters extends HTMLElement {
  #form;

  connectedCallback() {
    this.#form = this.querySelector("form");
    for (const kind of ["input", "change", "submit"]) this.#form.addEventListener(kind, () => this.#keep());
    this.#form.addEventListener("reset", () => setTimeout(() => this.#ask()));
    document.addEventListener("click", this.#clicked);
    if (this.#restore()) addEventListener("load", () => this.#ask(), { once: true });
  }

  disconnectedCallback() { document.removeEventListener("click", this.#clicked); }

  get #set() { return [...new FormData(this.#form)].filter(([, value]) => value); }

  #keep() {
    try { sessionStorage.setItem("session-filters", JSON.stringify(this.#set)); } catch { /* refused: they hold for this page */ }
  }

  #restore() {
    let kept = [];
    try { kept = JSON.parse(sessionStorage.getItem("session-filters")) ?? []; } catch { /* refused: nothing is kept */ }
    for (const [name, value] of kept) this.#put(this.#form.elements[name], value);
    return this.#set.length > 0;
  }

  #put(field, value) {
    if (field?.type === "checkbox") field.checked = Boolean(value);
    else if (field) field.value = value;
  }

  #ask() {
    this.#keep();
    this.#form.requestSubmit();
  }

  #clicked = (event) => {
    const chip = event.target.closest?.("#session-list [data-filter-off]");
    const newest = event.target.closest?.("#session-list [data-list-newest]");
    if (!chip && !newest) return;
    event.preventDefault();
    if (newest) document.body.dispatchEvent(new CustomEvent("list-from-start"));
    else {
      this.#put(this.#form.elements[chip.dataset.filterOff], "");
      this.#ask();
    }
  };
}
customElements.define("session-filters", SessionFilters);

// Keeps the reader's place when the list of sessions is fetched anew: as many rows, the row at the top, the focus.
// While a title is being written the list waits.
// <list-keeper hidden></list-keeper> once a page, beside #session-list. Listens for rename-ended and list-from-start
// on body; says list-renewed there.
class ListKeeper extends HTMLElement {
  static PAGE = 50;
  static LIMIT = 400; // rows the server gives at once
  static ABOVE = 150; // rows kept above the reader in a list that is longer
  #due = false; #from = ""; #place = null;

  connectedCallback() {
    document.addEventListener("htmx:configRequest", this.#asking);
    document.addEventListener("htmx:beforeSwap", this.#before);
    document.addEventListener("htmx:afterSwap", this.#after);
    document.body.addEventListener("rename-ended", this.#renamed);
    document.body.addEventListener("list-from-start", this.#fromStart);
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:configRequest", this.#asking);
    document.removeEventListener("htmx:beforeSwap", this.#before);
    document.removeEventListener("htmx:afterSwap", this.#after);
    document.body.removeEventListener("rename-ended", this.#renamed);
    document.body.removeEventListener("list-from-start", this.#fromStart);
  }

  get #list() { return document.getElementById("session-list"); }

  get #rows() { return [...this.#list.querySelectorAll("[data-cursor]")]; }

  #waits() {
    this.#due ||= Boolean(this.#list.querySelector(".title-edit"));
    return this.#due;
  }

  #renew() { document.body.dispatchEvent(new CustomEvent("sessions-changed")); }

  #renamed = () => {
    if (!this.#due) return;
    this.#due = false;
    this.#renew();
  };

  #fromStart = () => {
    this.#from = "";
    this.#list.scrollTop = 0;
    this.#renew();
  };

  #asking = (event) => {
    if (event.target !== this.#list) return;
    if (this.#waits()) {
      event.preventDefault();
      return;
    }
    const rows = this.#rows;
    const first = rows.indexOf(this.#topmost(rows));
    if (rows.length > ListKeeper.LIMIT && first > ListKeeper.ABOVE) this.#from = rows[first - ListKeeper.ABOVE].dataset.cursor;
    event.detail.parameters.rows = Math.max(1, Math.ceil(rows.length / ListKeeper.PAGE)) * ListKeeper.PAGE;
    if (this.#from) event.detail.parameters.after = this.#from;
  };

  #topmost(rows) {
    const edge = this.#list.getBoundingClientRect().top;
    return rows.find((row) => row.getBoundingClientRect().bottom > edge);
  }

  // Of what was fetched for another reason (a filter) the beginning is shown.
  #before = (event) => {
    if (event.target !== this.#list) return;
    const again = event.detail.requestConfig.elt === this.#list;
    if (again && this.#waits()) {
      event.detail.shouldSwap = false;
      return;
    }
    if (!again) this.#from = "";
    this.#place = again ? this.#look() : { scrolled: 0 };
  };

  #look() {
    const rows = this.#rows;
    const row = this.#topmost(rows);
    return {
      scrolled: this.#list.scrollTop,
      link: row?.querySelector("a").id,
      top: row?.getBoundingClientRect().top,
      focused: rows.findIndex((each) => each.contains(document.activeElement)),
    };
  }

  #after = (event) => {
    if (event.target !== this.#list || !this.#place) return;
    const { scrolled, link, top, focused } = this.#place;
    this.#place = null;
    const row = scrolled && link && document.getElementById(link)?.closest("[data-cursor]");
    this.#list.scrollTop = row ? this.#list.scrollTop + row.getBoundingClientRect().top - top : scrolled;
    const rows = this.#rows;
    if (focused >= 0 && document.activeElement === document.body) rows[Math.min(focused, rows.length - 1)]?.querySelector("a").focus({ preventScroll: true });
    document.body.dispatchEvent(new CustomEvent("list-renewed"));
  };
}
customElements.define("list-keeper", ListKeeper);

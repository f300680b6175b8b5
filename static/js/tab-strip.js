// The open sessions above the conversation: closed, moved and gone to by key, kept in place when they are fetched again.
// <tab-strip id="tabs" data-tabs="/tabs/" data-reopen="/tabs/reopen/" hx-get="/tabs/" …><nav><ul><li class="tab" data-tab="ID"><a>…</a><button class="tab__close">…</li></ul></nav></tab-strip>
// Listens on body for go-to-tab {code}, step-tab and move-tab {detail: "before" or "after"}, close-tab, reopen-tab and
// tab-dropped {tab}; in #tab-menu for buttons with data-move and data-of. What is focused carries a data-key.
class TabStrip extends HTMLElement {
  #shown = ""; #focused = ""; #at = -1; #scrolled = 0;
  #asked = {
    "go-to-tab": ({ code }) => this.#links.at(Number(code.at(-1)) - 1)?.click(),
    "step-tab": ({ detail }) => this.#step(detail),
    "move-tab": ({ detail }) => this.#move(document.activeElement.closest?.(".tab") ?? this.#current, detail),
    "close-tab": () => this.#current.querySelector(".tab__close")?.click(),
    "reopen-tab": () => this.#post(this.dataset.reopen),
    "tab-dropped": ({ tab }) => this.#place(tab),
  };

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    this.addEventListener("auxclick", this.#middle);
    this.addEventListener("keydown", this.#pressed);
    this.addEventListener("htmx:afterRequest", this.#closed);
    this.addEventListener("htmx:beforeSwap", this.#before);
    this.addEventListener("htmx:afterSwap", this.#after);
    document.getElementById("tab-menu")?.addEventListener("click", this.#chosen);
    for (const name of Object.keys(this.#asked)) document.body.addEventListener(name, this);
    this.#show();
  }

  disconnectedCallback() {
    for (const name of Object.keys(this.#asked)) document.body.removeEventListener(name, this);
  }

  handleEvent(event) {
    event.preventDefault();
    this.#asked[event.type](event.detail ?? {});
  }

  get #current() { return this.querySelector(".tab--current") ?? this; }

  get #links() { return [...this.querySelectorAll("a.tab__link")]; }

  #post(address, values = {}) { htmx.ajax("POST", address, { source: document.body, swap: "none", values }).catch(() => { /* the banner says that the server is away */ }); }

  #step(way) {
    const links = this.#links;
    const here = links.indexOf(this.#current.querySelector("a"));
    if (links.length) links[(here + (way === "after" ? 1 : -1) + links.length) % links.length].click();
  }

  #move(tab, way) {
    const beside = way === "after" ? tab?.nextElementSibling : tab?.previousElementSibling;
    if (!beside?.dataset.tab || !tab.dataset.tab) return;
    const { activeElement } = document;
    if (way === "after") beside.after(tab);
    else beside.before(tab);
    activeElement?.focus();
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.#place(tab);
  }

  #place(tab) { this.#post(`${this.dataset.tabs}${tab.dataset.tab}/move/`, { place: [...tab.parentElement.children].indexOf(tab) }); }

  #chosen = ({ target }) => {
    const button = target.closest("[data-move]");
    if (button) this.#move(this.querySelector(`[data-tab="${button.dataset.of}"]`), button.dataset.move);
  };

  // The tab of this page leads to where the page is.
  #clicked = (event) => {
    const link = event.target.closest("a[aria-current]");
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey);
    if (link && plain && link.pathname === location.pathname && !location.search) event.preventDefault();
  };

  #middle = (event) => {
    const close = event.button === 1 && event.target.closest(".tab__close");
    if (close) event.preventDefault();
    if (close) close.click();
  };

  #pressed = (event) => {
    if (event.key !== "Delete" || !event.target.matches("a.tab__link")) return;
    event.preventDefault();
    event.target.parentElement.querySelector(".tab__close").click();
  };

  // The page that shows the tab goes elsewhere; on the others it is gone before the list is fetched again.
  #closed = ({ target, detail }) => {
    const tab = target.closest(".tab");
    if (!detail.successful || !target.matches(".tab__close") || tab.matches(".tab--current")) return;
    const beside = tab.nextElementSibling ?? tab.previousElementSibling;
    if (tab.contains(document.activeElement)) beside?.querySelector("a, button")?.focus();
    tab.remove();
  };

  #before = (event) => {
    if (event.target !== this) return;
    const same = event.detail.serverResponse === this.#shown;
    if (same || this.querySelector(".tab--dragged, .title-edit")) event.detail.shouldSwap = false;
    else this.#shown = event.detail.serverResponse;
    this.#focused = document.activeElement?.dataset.key ?? "";
    this.#at = this.#links.findIndex((link) => link.closest(".tab").contains(document.activeElement));
    this.#scrolled = this.querySelector(".tabs__row").scrollLeft;
  };

  #after = (event) => {
    if (event.target !== this) return;
    this.querySelector(".tabs__row").scrollLeft = this.#scrolled;
    const same = this.#focused && document.querySelector(`[data-key="${this.#focused}"]:enabled, a[data-key="${this.#focused}"]`);
    (same || (this.#at >= 0 && this.#links[Math.min(this.#at, this.#links.length - 1)]))?.focus?.();
  };

  #show() { this.#current.scrollIntoView({ block: "nearest", inline: "nearest" }); }
}
customElements.define("tab-strip", TabStrip);

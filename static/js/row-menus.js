// One menu for all rows of sessions and the head of the open one, filled as it is opened; F2 renames the row in focus, Delete asks.
// <row-menus hidden></row-menus> once a page, <div id="session-menu" popover></div>, in each row <button data-row-menu>, in
// the head <button data-row-menu data-session="ID">.
// Says rename-session {id} on body.
class RowMenus extends HTMLElement {
  #opener = ""; #again = false;

  connectedCallback() {
    document.addEventListener("pointerdown", this.#pointed, { capture: true });
    document.addEventListener("click", this.#clicked);
    document.addEventListener("keydown", this.#pressed);
    this.#menu.addEventListener("click", this.#chose, { capture: true });
    this.#menu.addEventListener("toggle", this.#toggled);
  }

  disconnectedCallback() {
    document.removeEventListener("pointerdown", this.#pointed, { capture: true });
    document.removeEventListener("click", this.#clicked);
    document.removeEventListener("keydown", this.#pressed);
  }

  get #menu() { return document.getElementById("session-menu"); }
  get #items() { return [...this.#menu.querySelectorAll('[role="menuitem"]')]; }

  // A press on the button of an open menu closes it; the click that follows must not open it again.
  #pointed = ({ target }) => {
    const button = target.closest?.("[data-row-menu]");
    this.#again = Boolean(button) && button.id === this.#opener && this.#menu.matches(":popover-open");
  };

  #clicked = (event) => {
    const button = event.target.closest?.("[data-row-menu]");
    if (button) event.preventDefault(); // without scripts that of the head leads to a page of its own
    if (button && !this.#again) this.#open(button);
    this.#again = false;
  };

  // Settled at once: its buttons may be pressed as soon as it is there.
  #load(row) { return htmx.ajax("GET", `/sessions/${row.dataset.session}/menu/`, { source: this, target: this.#menu, swap: "innerHTML settle:0ms" }); }

  async #open(button) {
    this.#opener = button.id;
    await this.#load(button.closest(".row-line")?.querySelector("[data-session]") ?? button);
    if (!this.#menu.matches(":popover-open")) this.#menu.showPopover();
    this.#put();
    this.#items[0]?.focus();
  }

  #put() {
    const button = document.getElementById(this.#opener)?.getBoundingClientRect();
    if (!button) return;
    const { offsetWidth: width, offsetHeight: height } = this.#menu;
    const left = getComputedStyle(this.#menu).direction === "rtl" ? button.left : button.right - width;
    const below = button.bottom + 4 + height < innerHeight;
    this.#menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    this.#menu.style.top = `${Math.max(8, below ? button.bottom + 4 : button.top - height - 4)}px`;
  }

  // Closed before the item acts: a dialog that asks then gives the focus back to the row.
  #chose = ({ target }) => {
    const item = target.closest('[role="menuitem"]:not([data-menu-stays])');
    if (!item) return;
    const id = item.closest("[data-session]").dataset.session;
    this.#menu.hidePopover();
    if (!("menuRename" in item.dataset)) return;
    if (document.getElementById(this.#opener)?.closest(".row-line")) this.#rename(id);
    else document.querySelector("[data-rename-open]")?.click();
  };

  #rename(id) { document.body.dispatchEvent(new CustomEvent("rename-session", { detail: { id } })); }

  #toggled = ({ newState }) => {
    const opener = document.getElementById(this.#opener);
    opener?.setAttribute("aria-expanded", String(newState === "open"));
    const lost = document.activeElement === document.body || this.#menu.contains(document.activeElement);
    if (newState === "closed" && lost) opener?.focus({ preventScroll: true });
  };

  #pressed = (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const line = event.target.closest?.(".row-line");
    if (line && !event.target.matches("input")) this.#onRow(event, line);
    else if (event.target.closest?.("#session-menu")) this.#inMenu(event);
  };

  #onRow(event, line) {
    const row = line.querySelector("[data-session]");
    if (event.key === "F2") this.#rename(row.dataset.session);
    else if (event.key === "Delete") this.#load(row).then(() => this.#menu.querySelector("[data-menu-delete]")?.click());
    else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) this.#open(line.querySelector("[data-row-menu]"));
    else return;
    event.preventDefault();
  }

  #inMenu(event) {
    const items = this.#items;
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    items.at(next % items.length).focus();
  }
}
customElements.define("row-menus", RowMenus);

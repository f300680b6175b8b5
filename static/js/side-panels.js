// Opens and closes the session list and the details: columns where there is room (kept for next time), drawers where not.
// <side-panels class="scrim" hidden></side-panels> once a page; <button data-panel="list" aria-controls="sessions">, <button data-panel-close="list">
// Listens on body for toggle-panel {detail: "list" or "details"}.
class SidePanels extends HTMLElement {
  #root = document.documentElement; #opener = null;
  #widths = { list: matchMedia("(width >= 1024px)"), details: matchMedia("(width >= 1280px)") };
  #ids = { list: "sessions", details: "details" };

  connectedCallback() {
    this.hidden = false;
    this.addEventListener("click", () => this.#closeDrawer());
    document.addEventListener("click", this.#clicked);
    document.addEventListener("keydown", this.#pressed);
    document.body.addEventListener("toggle-panel", this.#asked);
    for (const width of Object.values(this.#widths)) width.addEventListener("change", () => { this.#closeDrawer(); this.#tell(); });
    this.#tell();
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#clicked);
    document.removeEventListener("keydown", this.#pressed);
    document.body.removeEventListener("toggle-panel", this.#asked);
  }

  #clicked = ({ target }) => {
    const button = target.closest?.("[data-panel], [data-panel-close]");
    if (button) this.#toggle(button.dataset.panel ?? button.dataset.panelClose, button);
  };

  #asked = (event) => {
    if (!document.getElementById(this.#ids[event.detail.detail])) return;
    event.preventDefault();
    this.#toggle(event.detail.detail, document.activeElement);
  };

  #pressed = (event) => {
    if (event.key !== "Escape" || !this.#root.dataset.drawer || document.querySelector(":popover-open, dialog[open]")) return;
    event.preventDefault();
    this.#closeDrawer();
  };

  #shown(panel) {
    return this.#widths[panel].matches ? getComputedStyle(document.getElementById(this.#ids[panel])).display !== "none" : this.#root.dataset.drawer === panel;
  }

  #toggle(panel, opener) {
    const shown = this.#shown(panel);
    if (!this.#widths[panel].matches) {
      if (shown) this.#closeDrawer();
      else this.#openDrawer(panel, opener);
      return;
    }
    this.#root.dataset[panel] = shown ? "closed" : "open";
    try { localStorage.setItem(panel, this.#root.dataset[panel]); } catch { /* refused: the choice holds for this page */ }
    this.#tell();
    if (shown) document.querySelector(`[data-panel="${panel}"]`)?.focus();
    else if (!document.activeElement.checkVisibility()) document.querySelector(`#${this.#ids[panel]} [data-panel-close]`)?.focus(); // its opener went
  }

  #openDrawer(panel, opener) {
    this.#opener = opener;
    this.#root.dataset.drawer = panel;
    for (const part of document.querySelectorAll("#conversation, #footer")) part.inert = true;
    this.#tell();
    document.querySelector(`#${this.#ids[panel]} [data-panel-close]`)?.focus();
  }

  #closeDrawer() {
    if (!this.#root.dataset.drawer) return;
    delete this.#root.dataset.drawer;
    for (const part of document.querySelectorAll("#conversation, #footer")) part.inert = false;
    this.#tell();
    this.#opener?.focus();
    this.#opener = null;
  }

  #tell() {
    for (const button of document.querySelectorAll("[data-panel]")) button.setAttribute("aria-expanded", String(this.#shown(button.dataset.panel)));
  }
}
customElements.define("side-panels", SidePanels);

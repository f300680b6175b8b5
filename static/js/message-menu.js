// One menu for all messages: its content is loaded for the button that asks, beside which it opens.
// <message-menu id="message-menu" popover role="dialog" aria-label="…"></message-menu>; <button hx-get="…" hx-target="#message-menu" data-tool="more">
class MessageMenu extends HTMLElement {
  #opener = ""; #button = null;

  connectedCallback() {
    document.addEventListener("click", this.#asked, { capture: true });
    this.addEventListener("htmx:afterSwap", (event) => { if (event.target === this) this.#open(); });
    this.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.requestConfig.verb === "post") this.#close(); });
    this.addEventListener("click", ({ target }) => { if (target.closest("a:not([data-stays]), [data-copy]")) this.#close(); });
    this.addEventListener("keydown", this.#pressed);
    this.addEventListener("toggle", this.#toggled);
    document.addEventListener("scroll", this.#place, { capture: true, passive: true });
    addEventListener("resize", this.#place);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#asked, { capture: true });
    document.removeEventListener("scroll", this.#place, { capture: true });
    removeEventListener("resize", this.#place);
  }

  get #isOpen() { return this.matches(":popover-open"); }

  // A frame may replace the button while the menu is on its way: it is known by its message and what it does.
  get #from() {
    if (!this.#button?.isConnected && this.#opener) this.#button = document.querySelector(this.#opener);
    return this.#button;
  }

  #asked = ({ target }) => {
    const button = target.closest?.('[hx-target="#message-menu"]');
    if (!button || this.contains(button)) return;
    const article = button.closest("article");
    this.#button = button;
    this.#opener = article ? `#${CSS.escape(article.id)} [data-tool="${button.dataset.tool}"]` : `#${button.id}`;
  };

  #open() {
    if (!this.#from) return;
    if (!this.#isOpen) this.showPopover();
    this.#place();
    this.#rows[0]?.focus({ preventScroll: true });
  }

  // Below the button or above it, where there is room; never over it. Past the conversation's end it hangs from the button's own end.
  #place = () => {
    if (!this.#isOpen || !this.#from) return;
    const at = this.#from.getBoundingClientRect();
    const [above, below] = [at.top - 12, innerHeight - at.bottom - 12];
    const down = this.scrollHeight <= below || below >= above;
    this.style.maxHeight = `${Math.min(440, down ? below : above)}px`;
    const { offsetWidth: width, offsetHeight: height } = this;
    const end = this.#from.closest("main")?.getBoundingClientRect().right ?? innerWidth;
    const left = at.left + width > end - 8 ? at.right - width : at.left;
    this.style.top = `${down ? at.bottom + 4 : at.top - 4 - height}px`;
    this.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  };

  get #rows() { return [...this.querySelectorAll(".menu__row")]; }

  #pressed = (event) => {
    const rows = this.#rows;
    const at = rows.indexOf(document.activeElement);
    const next = { ArrowDown: (at + 1) % rows.length, ArrowUp: (at - 1 + rows.length) % rows.length, Home: 0, End: rows.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    rows[next].focus();
  };

  #close() { if (this.#isOpen) this.hidePopover(); }

  #toggled = ({ newState }) => {
    const open = newState === "open";
    this.#from?.setAttribute("aria-expanded", String(open));
    if (open) return;
    if (document.activeElement === document.body) (this.#from ?? document.getElementById("log"))?.focus({ preventScroll: true });
    this.replaceChildren();
  };
}
customElements.define("message-menu", MessageMenu);

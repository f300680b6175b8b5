// Ctrl+K: finds sessions and messages, and does what can be done. The server finds; this moves among what it found.
// <command-palette data-tabs="/tabs/" data-opened="…"><dialog><form hx-get="/palette/" …><input role="combobox">…</form><div role="listbox">…</div></dialog></command-palette>
// Listens on body for toggle-palette and for clicks on [data-palette]. Options are links, have hx-post, or are deeds
// (page-deeds.js); those with data-session open a tab by Alt+Enter. Tells: show-toast, deed-chosen {option}.
class CommandPalette extends HTMLElement {
  #dialog; #form; #input; #results; #wanted = "";

  connectedCallback() {
    this.#dialog = this.querySelector("dialog");
    this.#form = this.querySelector("form");
    this.#input = this.querySelector("[role=combobox]");
    this.#results = this.querySelector("[role=listbox]");
    this.#input.addEventListener("keydown", this.#pressed);
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#dialog.addEventListener("click", this.#clicked);
    this.#results.addEventListener("pointermove", ({ target }) => this.#choose(target.closest("[role=option]")));
    this.addEventListener("htmx:beforeSwap", this.#late);
    this.addEventListener("htmx:afterSwap", this.#found);
    document.addEventListener("click", this.#asked);
    document.body.addEventListener("toggle-palette", this.#toggle);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#asked);
    document.body.removeEventListener("toggle-palette", this.#toggle);
  }

  // A link among those that open it goes where it leads when it is to open elsewhere.
  #asked = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !event.target.closest?.("[data-palette]")) return;
    event.preventDefault();
    this.#open();
  };

  #toggle = (event) => {
    event.preventDefault();
    if (this.#dialog.open) this.#dialog.close();
    else this.#open();
  };

  #open() {
    for (const open of document.querySelectorAll(":popover-open")) open.hidePopover();
    this.#input.value = this.#wanted = "";
    this.#dialog.showModal();
    htmx.trigger(this.#form, "palette-asked");
  }

  get #options() { return [...this.#results.querySelectorAll("[role=option]")]; }

  get #chosen() { return this.#results.querySelector("[aria-selected=true]"); }

  #choose(option) {
    if (!option || option === this.#chosen) return;
    this.#chosen?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    this.#input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  // An answer to fewer letters is dropped: the next request is under way.
  #late = (event) => {
    const asked = event.detail.requestConfig?.parameters.q;
    if (event.target === this.#results && asked !== undefined && asked !== this.#input.value) event.detail.shouldSwap = false;
  };

  #found = ({ target }) => {
    if (target !== this.#results) return;
    this.#input.removeAttribute("aria-activedescendant");
    this.#results.scrollTop = 0;
    this.#choose(this.#options[0]);
    const wanted = this.#wanted;
    this.#wanted = "";
    if (wanted) this.#enter(wanted);
  };

  #pressed = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const end = { Home: 0, End: -1 }[event.key];
    if (way) this.#step(way);
    else if (end !== undefined && !event.shiftKey) this.#choose(this.#options.at(end));
    else if (event.key === "Enter") this.#enter(event.ctrlKey || event.metaKey ? "search" : event.altKey ? "tab" : "open");
    else if (event.key === "Escape") this.#dialog.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  #step(way) {
    const options = this.#options;
    const here = options.indexOf(this.#chosen);
    this.#choose(options.at((here + way) % (options.length || 1)));
  }

  // Pressed before the answer to the last letter: done when it is there.
  #enter(how) {
    const typed = this.#results.querySelector("#palette-typed")?.dataset.typed;
    if (typed !== this.#input.value.split(/\s+/).filter(Boolean).join(" ")) this.#wanted = how;
    else if (how === "search") this.#results.querySelector("[data-search-all]")?.click();
    else if (how === "tab" && this.#chosen?.dataset.session) this.#openTab(this.#chosen.dataset.session);
    else this.#chosen?.click();
  }

  #openTab(id) {
    htmx.ajax("POST", this.dataset.tabs, { source: document.body, swap: "none", values: { session: id } }).catch(() => { /* the banner says that the server is away */ });
    document.body.dispatchEvent(new CustomEvent("show-toast", { detail: { text: this.dataset.opened } }));
    this.#dialog.close();
  }

  #clicked = (event) => {
    const option = event.target.closest("[role=option]");
    if (event.target === this.#dialog || event.target.closest("[data-close]")) this.#dialog.close();
    if (!option || event.ctrlKey || event.metaKey) return;
    if (event.altKey && option.dataset.session) {
      event.preventDefault();
      this.#openTab(option.dataset.session);
      return;
    }
    this.#dialog.close();
    document.body.dispatchEvent(new CustomEvent("deed-chosen", { detail: { option } }));
  };
}
customElements.define("command-palette", CommandPalette);

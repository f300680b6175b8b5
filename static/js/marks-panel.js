// The popover with the marks of one message, loaded when it is asked for and placed beside who asked.
// <marks-panel id="marks-panel" popover role="dialog"></marks-panel> once a page; <a data-marks hx-get="…" hx-target="#marks-panel">
// Listens on body for show-marks {url, message}, quote-chosen {message, quote, at} and marks-kept; tells marks-opened {message}.
class MarksPanel extends HTMLElement {
  #message = ""; #asker = null; #unsent = new Map();

  connectedCallback() {
    this.addEventListener("htmx:beforeSwap", (event) => { if (event.detail.target === this) this.#remember(); });
    this.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target === this) this.#loaded(event.detail.requestConfig.elt); });
    this.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful && event.detail.requestConfig.verb === "post") this.#done(event.target); });
    this.addEventListener("click", ({ target }) => { if (target.closest("[data-close]")) this.hidePopover(); });
    this.addEventListener("toggle", ({ newState }) => { if (newState === "closed") this.#left(); });
    this.#listen("addEventListener");
  }

  disconnectedCallback() { this.#listen("removeEventListener"); }

  #listen(how) {
    document.body[how]("show-marks", this.#show);
    document.body[how]("quote-chosen", this.#quote);
    document.body[how]("marks-kept", this.#kept);
  }

  get #article() { return document.getElementById(`message-${this.#message}`); }

  get #link() { return this.#article?.querySelector("a[data-marks]"); }

  #show = ({ detail: { url, message } }) => {
    this.#message = message;
    htmx.ajax("GET", url, { source: this.#link ?? this, target: this, swap: "innerHTML" }).catch(() => { /* it stays as it was */ });
  };

  #loaded(asker) {
    this.#message = this.firstElementChild?.dataset.message ?? "";
    this.#asker = asker;
    if (!this.#message) return;
    this.#giveBack();
    document.body.dispatchEvent(new CustomEvent("marks-opened", { detail: { message: this.#message } }));
    if (!this.matches(":popover-open")) this.showPopover();
    this.#place();
    const quoted = this.querySelector("[name=quote]")?.value;
    this.querySelector(quoted ? "#note-text" : "button")?.focus({ preventScroll: !quoted });
  }

  // A note that was typed and not added waits for the next time its message is looked at.
  #remember() {
    const [note, quote] = ["comment", "quote"].map((name) => this.querySelector(`[data-again] [name=${name}]`)?.value);
    if (note) this.#unsent.set(this.firstElementChild.dataset.message, { comment: note, quote });
  }

  #giveBack() {
    const form = this.querySelector("[data-again]");
    for (const [name, text] of Object.entries((form && this.#unsent.get(this.#message)) ?? {})) form.elements[name].value = text;
    if (form) this.#unsent.delete(this.#message);
  }

  // Below who asked, or above where there is more room; never over it: what does not fit scrolls.
  #place() {
    const asker = this.#asker?.isConnected ? this.#asker : this.#link ?? this.#article;
    const at = asker?.getBoundingClientRect();
    if (!at) return;
    this.style.removeProperty("--room");
    const room = { below: innerHeight - at.bottom - 16, above: at.top - 16 };
    const under = room.below >= Math.min(this.offsetHeight, room.above);
    const height = Math.max(160, Math.min(this.offsetHeight, under ? room.below : room.above));
    this.style.setProperty("--room", `${height}px`);
    this.style.setProperty("--top", `${Math.max(8, under ? Math.min(at.bottom + 8, innerHeight - height - 8) : at.top - height - 8)}px`);
    this.style.setProperty("--left", `${Math.max(8, Math.min(at.left, innerWidth - this.offsetWidth - 8))}px`);
  }

  #quote = ({ detail: { message, quote, at } }) => {
    const field = this.querySelector("[name=quote]");
    if (message !== this.#message || !field) return;
    field.value = quote;
    this.querySelector("[name=quote_at]").value = at;
  };

  #done(form) {
    this.querySelector("#marks-notice")?.replaceChildren();
    if (form.matches?.("[data-again]")) form.reset();
  }

  #kept = () => { if (!this.querySelector("#marks-body") && this.matches(":popover-open")) this.hidePopover(); };

  // A frame may have replaced the button the panel was opened from. What is hidden may still have the focus for a moment.
  #left() {
    const { activeElement } = document;
    if (activeElement === document.body || this.contains(activeElement)) this.#link?.focus({ preventScroll: true });
  }
}
customElements.define("marks-panel", MarksPanel);

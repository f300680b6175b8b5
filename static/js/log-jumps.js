// Moves through a long conversation: first and last message, the question before and after.
// Listens on body for move-in-log {detail: first|previous|next|last}, which the table of keys tells.
// <log-jumps data-live="/sessions/ID/" hidden><button data-to="previous">…</log-jumps> beside #log.
class LogJumps extends HTMLElement {
  #sizes = new ResizeObserver(() => this.#show());

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    document.body.addEventListener("move-in-log", this.#told);
    document.body.addEventListener("frame-applied", this.#show);
    this.#sizes.observe(this.#log);
    this.#show();
  }

  disconnectedCallback() {
    this.#sizes.disconnect();
    document.body.removeEventListener("move-in-log", this.#told);
    document.body.removeEventListener("frame-applied", this.#show);
  }

  get #log() { return document.getElementById("log"); }

  #edge(side) {
    const edge = document.getElementById(side);
    return edge && !edge.hidden ? edge : null;
  }

  // Only where there is something to move through.
  #show = () => { this.hidden = !this.#edge("older") && !this.#edge("newer") && this.#log.scrollHeight < this.#log.clientHeight * 2; };

  #clicked = ({ target }) => {
    const { to } = target.closest("[data-to]")?.dataset ?? {};
    if (to) this.#go(to);
  };

  // What stands in a field belongs to its own keys.
  #told = (event) => {
    const field = document.activeElement;
    if (field.closest("select, [contenteditable]") || field.value) return;
    event.preventDefault();
    this.#go(event.detail.detail);
  };

  #go(to) {
    if (to === "first") this.#first();
    else if (to === "last") this.#last();
    else this.#step(to);
  }

  #first() {
    if (this.#edge("older")) location.assign(`${this.dataset.live}?after=0`);
    else this.#reach(() => { this.#log.scrollTop = 0; });
  }

  #last() {
    if (document.getElementById("window")) location.assign(this.dataset.live);
    else document.querySelector("[data-jump]").click();
  }

  async #step(to) {
    const edge = this.#edge(to === "next" ? "newer" : "older");
    if (this.#toQuestion(to)) return;
    if (edge) {
      await edge.load();
      this.#toQuestion(to);
    } else if (to === "next") this.#last();
    else this.#first();
  }

  // The first question whose own place at the top lies beyond the place where the log stands, to within a pixel.
  #toQuestion(to) {
    const places = [...this.#log.querySelectorAll('article[data-role="user"]')].map((each) => ({ each, away: this.#away(each) }));
    const found = to === "next" ? places.find(({ away }) => away > 1) : places.findLast(({ away }) => away < -1);
    const before = this.#log.scrollTop;
    if (found) this.#reach(() => found.each.scrollIntoView({ block: "start" }));
    return Boolean(found) && Math.abs(this.#log.scrollTop - before) > 1;
  }

  // How far the log would scroll to have this message at its top: the first one of a day leaves room for its date.
  #away(message) {
    const room = parseFloat(getComputedStyle(this.#log).scrollPaddingBlockStart) + parseFloat(getComputedStyle(message).scrollMarginBlockStart);
    return message.getBoundingClientRect().top - this.#log.getBoundingClientRect().top - room;
  }

  #reach(move) {
    document.body.dispatchEvent(new CustomEvent("hold-place"));
    move();
  }
}
customElements.define("log-jumps", LogJumps);

// Selecting many sessions: a click on a row or its box, Shift for all between, and what is done with them.
// <session-select hidden data-one="1 selected" data-many="%d selected"><form id="many">…</form></session-select>, in each
// row <input type="checkbox" form="many">. Begins with [data-select-start], ends with [data-select-end], Escape or an act;
// where two are selected, <a data-select-two href="/compare/"> leads to both of them, and <a data-select-named href="…"> to
// all that are, as long as their names fit into an address.
class SessionSelect extends HTMLElement {
  #chosen = new Set(); #last = "";

  connectedCallback() {
    document.addEventListener("click", this.#clicked, { capture: true });
    document.addEventListener("keydown", this.#pressed, { capture: true });
    document.body.addEventListener("htmx:afterSwap", this.#renewed);
    this.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful) this.#end(); });
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#clicked, { capture: true });
    document.removeEventListener("keydown", this.#pressed, { capture: true });
    document.body.removeEventListener("htmx:afterSwap", this.#renewed);
  }

  get #side() { return this.closest("nav"); }

  get #list() { return document.getElementById("session-list"); }

  get #boxes() { return [...this.#list.querySelectorAll(".row__check")]; }

  #clicked = (event) => {
    const { target } = event;
    if (target.closest?.("[data-select-start]")) this.#start();
    else if (target.closest?.("[data-select-end]")) this.#end();
    else if (this.hidden) return;
    else if (target.closest?.("[data-select-all]")) this.#choose(this.#boxes, true);
    else this.#onRow(event);
  };

  // The list's own keys and links rest meanwhile: a row is chosen, not opened.
  #onRow(event) {
    const line = event.target.closest?.("#session-list .row-line");
    if (!line || event.target.closest("button")) return;
    const box = line.querySelector(".row__check");
    if (event.target !== box) event.preventDefault();
    if (!box) return;
    const on = !this.#chosen.has(box.value);
    this.#choose(event.shiftKey && this.#last ? this.#between(box) : [box], on);
    this.#last = box.id;
  }

  #between(box) {
    const boxes = this.#boxes;
    const ends = [boxes.indexOf(box), boxes.findIndex((each) => each.id === this.#last)].sort((a, b) => a - b);
    return ends[0] < 0 ? [box] : boxes.slice(ends[0], ends[1] + 1);
  }

  #choose(boxes, on) {
    for (const { value } of boxes) on ? this.#chosen.add(value) : this.#chosen.delete(value);
    // After the click: the browser has the last word on the box that was clicked.
    setTimeout(() => this.#show());
  }

  #show() {
    for (const box of this.#boxes) box.checked = this.#chosen.has(box.value);
    const count = this.#chosen.size;
    this.querySelector(".select-bar__count").textContent = count === 1 ? this.dataset.one : this.dataset.many.replace("%d", count);
    for (const button of this.querySelectorAll(".select-bar__acts button")) button.disabled = !count;
    const [left, right] = this.#chosen;
    const two = this.querySelector("[data-select-two]");
    two.hidden = count !== 2;
    two.search = new URLSearchParams({ left, right });
    const named = this.querySelector("[data-select-named]");
    named.hidden = !count || count > 400;
    named.search = `session=${[...this.#chosen].join("").replaceAll("-", "").match(/.{32}/g)?.join(",") ?? ""}`;
  }

  // What is not in the list any more cannot be acted upon.
  #renewed = ({ target }) => {
    if (this.hidden || !this.#list.contains(target)) return;
    const shown = new Set(this.#boxes.map((box) => box.value));
    for (const id of this.#chosen) if (!shown.has(id)) this.#chosen.delete(id);
    this.#show();
  };

  #start() {
    document.getElementById("list-filters").hidePopover();
    this.hidden = false;
    this.#side.dataset.selecting = "";
    this.#show();
    this.#boxes[0]?.focus();
  }

  #end() {
    this.hidden = true;
    delete this.#side.dataset.selecting;
    this.#chosen.clear();
    this.#show();
    document.querySelector(".sessions__funnel")?.focus({ preventScroll: true });
  }

  #pressed = (event) => {
    if (event.key !== "Escape" || this.hidden || document.querySelector(":popover-open, dialog[open]")) return;
    event.preventDefault();
    event.stopPropagation();
    this.#end();
  };
}
customElements.define("session-select", SessionSelect);

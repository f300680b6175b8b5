// Two sides: marks shown or not, scrolling together, another version by its menu. What was chosen is kept for this tab.
// <compare-sides>… <input type="checkbox" role="switch" data-marks-shown> <input type="checkbox" role="switch" data-together></compare-sides>
// in the head; <div data-sides> holds two <div data-scrolls>; <select data-choose> sends its form.
class CompareSides extends HTMLElement {
  static #TURNS = ["pointerover", "focusin", "touchstart", "wheel"];
  #leader = null;

  connectedCallback() {
    this.addEventListener("change", this.#switched);
    document.addEventListener("change", this.#chosen);
    document.addEventListener("scroll", this.#scrolled, true);
    for (const kind of CompareSides.#TURNS) document.addEventListener(kind, this.#lead, { passive: true });
    for (const box of this.querySelectorAll("[role=switch]")) this.#restore(box);
  }

  disconnectedCallback() {
    document.removeEventListener("change", this.#chosen);
    document.removeEventListener("scroll", this.#scrolled, true);
    for (const kind of CompareSides.#TURNS) document.removeEventListener(kind, this.#lead);
  }

  get #sides() { return [...document.querySelectorAll("[data-scrolls]")]; }

  #key(box) { return `compare-${box.hasAttribute("data-together") ? "together" : "marks"}`; }

  #restore(box) {
    let kept = null;
    try { kept = sessionStorage.getItem(this.#key(box)); } catch { /* refused: the server's choice holds */ }
    if (kept) box.checked = kept === "on";
    this.#apply(box);
  }

  #switched = ({ target }) => {
    if (target.role !== "switch") return;
    try { sessionStorage.setItem(this.#key(target), target.checked ? "on" : "off"); } catch { /* refused: it holds for this page */ }
    this.#apply(target);
  };

  #apply(box) {
    if (box.hasAttribute("data-marks-shown")) document.querySelector("[data-sides]")?.classList.toggle("compare--plain", !box.checked);
  }

  #chosen = ({ target }) => { if (target.matches?.("[data-choose]") && target.form.checkValidity()) target.form.requestSubmit(); };

  // The side a person points at or is in leads; the other's own scroll events answer nobody.
  #lead = ({ target }) => { this.#leader = target.closest?.("[data-scrolls]") ?? this.#leader; };

  #scrolled = ({ target }) => {
    if (!this.querySelector("[data-together]")?.checked || target !== this.#leader) return;
    const other = this.#sides.find((side) => side !== target);
    const room = (side) => side.scrollHeight - side.clientHeight;
    if (other && room(target) > 0) other.scrollTop = (target.scrollTop / room(target)) * room(other);
  };
}
customElements.define("compare-sides", CompareSides);

// Folds the sources of an answer that has many: the first are shown, the others behind "12 more".
// <folded-sources hidden data-more="{n} more" data-less="Show fewer"></folded-sources> once a page; <section class="sources"><ol><li>…
class FoldedSources extends HTMLElement {
  static most = 12;
  static shown = 8;

  connectedCallback() {
    document.body.addEventListener("frame-applied", this.#fold);
    document.addEventListener("click", this.#clicked);
    this.#fold();
  }

  disconnectedCallback() {
    document.body.removeEventListener("frame-applied", this.#fold);
    document.removeEventListener("click", this.#clicked);
  }

  #fold = () => {
    for (const sources of document.querySelectorAll("#log .sources:not([data-counted])")) {
      sources.dataset.counted = "";
      const rows = sources.querySelectorAll("li");
      if (rows.length <= FoldedSources.most) continue;
      sources.classList.add("is-folded");
      for (const row of [...rows].slice(FoldedSources.shown)) row.dataset.surplus = "";
      const button = Object.assign(document.createElement("button"), { type: "button", className: "sources__more", textContent: this.#more(sources) });
      button.setAttribute("aria-expanded", "false");
      sources.append(button);
    }
  };

  #more(sources) { return this.dataset.more.replace("{n}", sources.querySelectorAll("[data-surplus]").length); }

  #clicked = ({ target }) => {
    const button = target.closest?.(".sources__more");
    if (!button) return;
    const sources = button.closest(".sources"), folded = sources.classList.toggle("is-folded");
    button.setAttribute("aria-expanded", String(!folded));
    button.textContent = folded ? this.#more(sources) : this.dataset.less;
    if (!folded) sources.querySelector("[data-surplus] a")?.focus({ preventScroll: true });
  };
}
customElements.define("folded-sources", FoldedSources);

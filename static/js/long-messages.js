// Folds a person's message, and a notification, of more than twelve lines, with "Show all".
// <long-messages hidden data-more="Show all" data-less="Show less"></long-messages> once a page.
class LongMessages extends HTMLElement {
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
    for (const message of document.querySelectorAll(":is(.message--person, .message--card):not([data-measured])")) {
      message.dataset.measured = "";
      const body = message.querySelector(".message__body");
      const line = parseFloat(getComputedStyle(body).lineHeight);
      if (body.offsetHeight <= line * 14 + 20) continue;
      body.classList.add("is-long");
      message.querySelector("[data-show-all]").hidden = false;
    }
  };

  #clicked = (event) => {
    const button = event.target.closest?.("[data-show-all]");
    if (!button) return;
    const folded = button.closest("article").querySelector(".message__body").classList.toggle("is-long");
    button.setAttribute("aria-expanded", String(!folded));
    button.textContent = folded ? this.dataset.more : this.dataset.less;
  };
}
customElements.define("long-messages", LongMessages);

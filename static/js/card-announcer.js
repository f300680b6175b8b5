// Tells screen readers of notifications that come while the page is open, and marks the tab's title while it is not looked at.
// <card-announcer hidden></card-announcer> once a page, beside <div id="announcer" role="status">. Fires card-arrived on body.
class CardAnnouncer extends HTMLElement {
  #known = new Set();

  connectedCallback() {
    this.#fresh();
    document.body.addEventListener("frame-applied", this.#look);
  }

  disconnectedCallback() { document.body.removeEventListener("frame-applied", this.#look); }

  #look = () => {
    // A frame may bring the log whole, with what stood further up: only what stands at its end has come now.
    const fresh = this.#fresh();
    if (!fresh.length) return;
    const last = [...document.querySelectorAll("#messages > article")].slice(-fresh.length - 1);
    const come = fresh.filter((article) => last.includes(article));
    if (!come.length) return;
    document.getElementById("announcer").textContent = come.map((article) => this.#words(article)).join(" ");
    document.body.dispatchEvent(new CustomEvent("card-arrived"));
  };

  #fresh() {
    const articles = [...document.querySelectorAll("#messages > article[data-kind]")].filter(({ id }) => !this.#known.has(id));
    for (const { id } of articles) this.#known.add(id);
    return articles;
  }

  #words(article) { return `${article.ariaLabel}: ${article.querySelector(".notification__title").textContent.trim()}.`; }
}
customElements.define("card-announcer", CardAnnouncer);

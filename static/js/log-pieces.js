// Puts loaded pieces above or below the log's messages, and keeps what is being read where it is.
// <log-pieces hidden></log-pieces> once a page; #earlier, #messages and the edges stand in #log.
// Listens for piece-loaded {html, side}, log-replacing and log-replaced: a frame that replaces the log ends what was
// loaded above it; a reader who was up there gets it again, down from their message.
class LogPieces extends HTMLElement {
  #place = null; #turn = 0;

  connectedCallback() {
    document.body.addEventListener("piece-loaded", this.#loaded);
    document.body.addEventListener("log-replacing", this.#replacing);
    document.body.addEventListener("log-replaced", this.#replaced);
  }

  disconnectedCallback() {
    document.body.removeEventListener("piece-loaded", this.#loaded);
    document.body.removeEventListener("log-replacing", this.#replacing);
    document.body.removeEventListener("log-replaced", this.#replaced);
  }

  get #log() { return document.getElementById("log"); }

  #loaded = ({ detail: { html, side } }) => {
    this.#keep(this.#read(), () => this.#insert(side === "older" ? "#earlier" : "#messages", html, side === "older" ? "afterbegin" : "beforeend"));
  };

  #insert(target, html, swapStyle) {
    htmx.swap(target, html, { swapStyle });
    document.body.dispatchEvent(new CustomEvent("frame-applied", { bubbles: true, detail: {} }));
  }

  // The first message in view and how far it stands from the top.
  #read() {
    const { top } = this.#log.getBoundingClientRect();
    const first = [...this.#log.querySelectorAll("article[id]")].find((each) => each.getBoundingClientRect().bottom > top + 1);
    return first && { id: first.id, position: Number(first.dataset.position), offset: first.getBoundingClientRect().top - top };
  }

  // By hand, not by the browser's anchoring: that does not work at the very top, nor everywhere.
  #keep(place, change) {
    this.#log.classList.add("log--moving");
    change();
    const message = place && (document.getElementById(place.id) ?? this.#log.querySelector(`article[data-position="${place.position}"]`));
    if (message) this.#log.scrollTop += message.getBoundingClientRect().top - this.#log.getBoundingClientRect().top - place.offset;
    requestAnimationFrame(() => this.#log.classList.remove("log--moving"));
  }

  #replacing = () => {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    this.#place = scrollHeight - scrollTop - clientHeight < 24 ? null : this.#read();
  };

  #replaced = () => {
    const first = Number(document.querySelector("#messages > article")?.dataset.position ?? 1);
    const place = this.#place;
    this.#turn += 1;
    this.#lead(first);
    if (place && place.position < first) this.#again(place, first);
    else this.#keep(place, () => document.getElementById("earlier").replaceChildren());
  };

  // The edge leads on from the first message of the log as it is now.
  #lead(first) {
    const edge = document.getElementById("older");
    edge.hidden = first <= 1;
    edge.querySelector("a").href = `${this.#path}?before=${first}`;
  }

  get #path() { return location.pathname; }

  async #again(place, first) {
    const turn = this.#turn;
    const answer = await fetch(`${this.#path}?before=${first}&from=${place.position}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (turn !== this.#turn) return;
    const key = place.id.replace("message-", "");
    if (answer?.status === 413) location.replace(`${this.#path}?message=${key}#${place.id}`);
    else if (answer?.ok) {
      const html = await answer.text();
      const now = this.#read(); // the reader may have gone on meanwhile
      const kept = now && now.position >= place.position && now.position < first ? now : place;
      if (turn === this.#turn) this.#keep(kept, () => this.#insert("#earlier", html, "innerHTML"));
    } else document.getElementById("earlier").replaceChildren();
  }
}
customElements.define("log-pieces", LogPieces);

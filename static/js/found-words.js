// Marks the words of a search in the message it led to, and shows the first of them.
// <found-words hidden></found-words> once a page, after log-opener; the address names ?message=ID and each term of the search as
// q: words that stand beside each other, of which the last may go on where it ends in "*". Nothing without the Highlight API.
class FoundWords extends HTMLElement {
  static #CJK = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff";
  static #WORD = new RegExp(`[${this.#CJK}]|(?:(?![${this.#CJK}])[\\p{L}\\p{N}\\p{M}])+`, "gu");
  #terms = []; #message = ""; #ranges = [];

  connectedCallback() {
    const asked = new URLSearchParams(location.search);
    this.#message = asked.get("message");
    this.#terms = asked.getAll("q").map((term) => ({ words: this.#words(term), begins: term.endsWith("*") })).filter(({ words }) => words.length);
    if (!this.#message || !this.#terms.length || !globalThis.CSS?.highlights) return;
    document.body.addEventListener("frame-applied", this.#mark);
    this.#mark();
    this.#show();
  }

  disconnectedCallback() { document.body.removeEventListener("frame-applied", this.#mark); }

  // As the index folds them: without case and accents; a character of Chinese or Japanese is a word.
  #fold(word) { return word.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replaceAll("ß", "ss").normalize("NFKC"); }

  #words(text) { return [...text.matchAll(FoundWords.#WORD)].map(([word]) => this.#fold(word)); }

  #mark = () => {
    if (this.#ranges.length && this.#ranges.every(({ startContainer }) => startContainer.isConnected)) return;
    const body = document.getElementById(`message-${this.#message}-body`);
    const places = body ? this.#places(body) : [];
    this.#ranges = this.#terms.flatMap((term) => places.flatMap((_, at) => this.#range(places, at, term) ?? []));
    CSS.highlights.set("found", new Highlight(...this.#ranges));
  };

  #places(body) {
    const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT, (node) =>
      node.parentElement.closest("button, svg, textarea") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    const places = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      for (const found of node.data.matchAll(FoundWords.#WORD)) places.push({ node, word: this.#fold(found[0]), from: found.index, to: found.index + found[0].length });
    }
    return places;
  }

  #range(places, at, { words, begins }) {
    const here = places.slice(at, at + words.length);
    const same = here.length === words.length && words.every((word, place) => here[place].word === word || (begins && place === words.length - 1 && here[place].word.startsWith(word)));
    return same ? new StaticRange({ startContainer: here[0].node, startOffset: here[0].from, endContainer: here.at(-1).node, endOffset: here.at(-1).to }) : null;
  }

  // Inside a fold only where nothing stands outside of one.
  #show() {
    const places = this.#ranges.map(({ startContainer }) => startContainer.parentElement);
    const place = places.find((each) => each.checkVisibility()) ?? places[0];
    if (!place) return;
    for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    place.scrollIntoView({ block: "center" });
  }
}
customElements.define("found-words", FoundWords);

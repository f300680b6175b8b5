// Says (on body) that a part of the page is old, once so many seconds have passed.
// <old-after hidden data-seconds="40" data-says="providers-changed"></old-after>
class OldAfter extends HTMLElement {
  #timer;

  connectedCallback() {
    const { seconds, says } = this.dataset;
    this.#timer = setTimeout(() => document.body.dispatchEvent(new CustomEvent(says)), (Number(seconds) + 1) * 1000);
  }

  disconnectedCallback() { clearTimeout(this.#timer); }
}
customElements.define("old-after", OldAfter);

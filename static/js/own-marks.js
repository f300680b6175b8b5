// Presses the marks of the person who reads: frames are the same for everyone and only say whose a mark is.
// <own-marks hidden data-user="7"></own-marks> once a page; works on <button data-by="3 7" aria-pressed="false">.
class OwnMarks extends HTMLElement {
  connectedCallback() {
    document.body.addEventListener("frame-applied", this.#press);
    document.body.addEventListener("htmx:afterSettle", this.#press);
    this.#press();
  }

  disconnectedCallback() {
    document.body.removeEventListener("frame-applied", this.#press);
    document.body.removeEventListener("htmx:afterSettle", this.#press);
  }

  #press = () => {
    for (const button of document.querySelectorAll("#log [data-by]")) {
      const own = String(button.dataset.by.split(" ").includes(this.dataset.user));
      if (button.ariaPressed !== own) button.ariaPressed = own;
    }
  };
}
customElements.define("own-marks", OwnMarks);

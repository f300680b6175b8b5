// Copies the source of a message, the text of a code block, a link or a file, and says so for two seconds.
// <copy-buttons hidden></copy-buttons> once a page; <button data-copy data-copied="Copied" aria-label="Copy"> or .code__copy in a .code;
// data-link or data-file (addresses) name what is copied instead. Where the button is gone by then a toast says so.
class CopyButtons extends HTMLElement {
  connectedCallback() { document.addEventListener("click", this.#clicked); }

  disconnectedCallback() { document.removeEventListener("click", this.#clicked); }

  #clicked = async (event) => {
    const button = event.target.closest?.("[data-copy], .code__copy");
    if (!button) return;
    const { file } = button.dataset;
    if (button.getAttribute("aria-busy") === "true") return;
    if (file) button.setAttribute("aria-busy", "true");
    const done = file ? await this.#writeFile(file) : await this.#write(this.#source(button));
    button.removeAttribute("aria-busy");
    if (done) this.#confirm(button);
  };

  // Written as a promise where that is possible: after the wait the press would not count any more.
  async #writeFile(address) {
    const text = fetch(address, { headers: { "HX-Request": "true" } }).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer)));
    try {
      const item = new ClipboardItem({ "text/plain": text.then((each) => new Blob([each], { type: "text/plain" })) });
      await navigator.clipboard.write([item]);
      return true;
    } catch { return text.then((each) => this.#write(each), () => false); }
  }

  #source(button) {
    if (button.dataset.link) return new URL(button.dataset.link, location.href).href;
    const code = button.closest(".code");
    return (code ? code.querySelector("pre")?.textContent : button.closest("article")?.querySelector(".message__source")?.value) ?? "";
  }

  async #write(text) {
    try { await navigator.clipboard.writeText(text); return true; } catch { return this.#writeBySelection(text); }
  }

  // Without HTTPS there is no clipboard object.
  #writeBySelection(text) {
    const box = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
    const before = document.activeElement;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    before?.focus({ preventScroll: true });
    return done;
  }

  #confirm(button) {
    if (button.classList.contains("is-copied")) return;
    const said = button.dataset.copied ?? "Copied";
    if (button.dataset.link || !button.isConnected) return document.body.dispatchEvent(new CustomEvent("show-toast", { detail: { text: said } }));
    const { ariaLabel, textContent } = button;
    const worded = !button.firstElementChild;
    const named = button.hasAttribute("aria-label");
    button.classList.add("is-copied");
    if (named) button.ariaLabel = said;
    if (worded) button.textContent = said;
    const status = document.getElementById("announcer");
    if (status) status.textContent = said;
    setTimeout(() => {
      button.classList.remove("is-copied");
      if (named) button.ariaLabel = ariaLabel;
      if (worded) button.textContent = textContent;
    }, 2000);
  }
}
customElements.define("copy-buttons", CopyButtons);

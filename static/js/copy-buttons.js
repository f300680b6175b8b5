// Copies the source of a message, or the text of a code block, and says so for two seconds.
// <copy-buttons hidden></copy-buttons> once a page; <button data-copy data-copied="Copied" aria-label="Copy"> or .code__copy in a .code
class CopyButtons extends HTMLElement {
  connectedCallback() { document.addEventListener("click", this.#clicked); }

  disconnectedCallback() { document.removeEventListener("click", this.#clicked); }

  #clicked = async (event) => {
    const button = event.target.closest?.("[data-copy], .code__copy");
    if (button && await this.#write(this.#source(button))) this.#confirm(button);
  };

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
    if (button.dataset.link) return document.body.dispatchEvent(new CustomEvent("show-toast", { detail: { text: said } }));
    const { ariaLabel, textContent } = button;
    const worded = !button.firstElementChild;
    button.classList.add("is-copied");
    button.ariaLabel = said;
    if (worded) button.textContent = said;
    const status = document.getElementById("announcer");
    if (status) status.textContent = said;
    setTimeout(() => {
      button.classList.remove("is-copied");
      button.ariaLabel = ariaLabel;
      if (worded) button.textContent = textContent;
    }, 2000);
  }
}
customElements.define("copy-buttons", CopyButtons);

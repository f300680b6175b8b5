// The keys of the message box: Enter sends (with Ctrl or Command too), Shift+Enter breaks the line, ArrowUp in an empty box asks for the last message.
// On a touch screen, whose keyboard has no Shift+Enter, Enter alone breaks the line.
// <composer-keys hidden></composer-keys> inside the composer's form. Says edit-last (on body). Escape and the list of commands have their own elements.
class ComposerKeys extends HTMLElement {
  #touch = matchMedia("(hover: none) and (pointer: coarse)");

  connectedCallback() {
    const box = this.closest("form").elements.content;
    box.enterKeyHint = this.#touch.matches ? "enter" : "send";
    box.addEventListener("keydown", (event) => this.#pressed(event));
  }

  // 229: Safari ends a composition before its Enter arrives.
  #pressed(event) {
    if (event.isComposing || event.keyCode === 229 || event.shiftKey || event.altKey) return;
    if (event.key === "Enter") {
      if (this.#touch.matches && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.closest("form").requestSubmit();
    } else if (event.key === "ArrowUp" && !event.target.value && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      document.body.dispatchEvent(new CustomEvent("edit-last"));
    }
  }
}
customElements.define("composer-keys", ComposerKeys);

// Opens the files of this computer.
// <file-picker><button type="button" aria-label="Attach files">…</button><input type="file" multiple hidden></file-picker>
// Says files-chosen {files} on body. Where there are keys, what is typed next goes into the message box, not to the button.
class FilePicker extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input");
    this.querySelector("button").addEventListener("click", () => field.click());
    field.addEventListener("change", () => {
      const files = [...field.files];
      field.value = "";
      if (!files.length) return;
      document.body.dispatchEvent(new CustomEvent("files-chosen", { detail: { files } }));
      if (matchMedia("(hover: hover)").matches) document.getElementById("message-box")?.focus({ preventScroll: true });
    });
  }
}
customElements.define("file-picker", FilePicker);

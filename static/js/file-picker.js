// Opens the files of this computer.
// <file-picker><button type="button" aria-label="Attach files">…</button><input type="file" multiple hidden></file-picker>
// Says files-chosen {files} on body.
class FilePicker extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input");
    this.querySelector("button").addEventListener("click", () => field.click());
    field.addEventListener("change", () => {
      const files = [...field.files];
      field.value = "";
      if (files.length) document.body.dispatchEvent(new CustomEvent("files-chosen", { detail: { files } }));
    });
  }
}
customElements.define("file-picker", FilePicker);

"""`python -m phi_assistant`: the command `phi-assistant`."""

from phi_assistant.cli.app import main

if __name__ == "__main__":
    main()

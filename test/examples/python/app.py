"""The app that is tested: it knows nothing of maildouble."""
import os
import smtplib
from email.message import EmailMessage


def sign_up(address):
    message = EmailMessage()
    message["From"] = "app@example.org"
    message["To"] = address
    message["Subject"] = "Welcome to the app"
    message.set_content("Hello! Your code is 739204. https://app.example/confirm?token=7")
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:
        client.send_message(message)

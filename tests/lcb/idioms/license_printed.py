print(license)

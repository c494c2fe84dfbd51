clean:

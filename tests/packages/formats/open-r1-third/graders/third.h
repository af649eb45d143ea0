int third(int number);

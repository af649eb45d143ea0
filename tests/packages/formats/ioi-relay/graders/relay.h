int encode(int number);
int decode(int message);

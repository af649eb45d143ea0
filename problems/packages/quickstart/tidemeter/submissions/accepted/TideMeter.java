import java.io.*;
import java.util.*;

public class TideMeter {
  public static void main(String[] arguments) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    int n = Integer.parseInt(in.readLine().trim());
    double area = 0, first = 0, t = 0, h = 0;
    for (int i = 0; i < n; i++) {
      StringTokenizer line = new StringTokenizer(in.readLine());
      double nextT = Double.parseDouble(line.nextToken());
      double nextH = Double.parseDouble(line.nextToken());
      if (i == 0) {
        first = nextT;
      } else {
        area += (nextT - t) * (h + nextH) / 2;
      }
      t = nextT;
      h = nextH;
    }
    System.out.println(area / (t - first));
  }
}

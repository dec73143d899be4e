#!/usr/bin/env bash
# Makes murmur2.tsv with Kafka's own hash: KAFKA_HOME=... ./make-murmur2.sh > murmur2.tsv
# Columns: key in hex, Utils.murmur2(key), partition of 1, 3, 4, 12 and 1000 (Utils.toPositive(hash) % n).
set -euo pipefail
: "${KAFKA_HOME:?directory of a Kafka installation}"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cat > "$work/Vectors.java" <<'JAVA'
import java.util.HexFormat;
import java.util.Random;
import org.apache.kafka.common.utils.Utils;

public class Vectors {
    static void line(byte[] key) {
        int hash = Utils.murmur2(key);
        StringBuilder out = new StringBuilder(HexFormat.of().formatHex(key)).append('\t').append(hash);
        for (int n : new int[] {1, 3, 4, 12, 1000}) out.append('\t').append(Utils.toPositive(hash) % n);
        System.out.println(out);
    }

    public static void main(String[] args) {
        String[] texts = {"", "a", "ab", "abc", "abcd", "order-17", "order-17/fetch#2[17]", "0190f3c4-7e0f-7000-8000-000000000000",
            "\u00fc\u00f1\u00ee", "\ud83d\ude00"};
        for (String text : texts) line(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Random random = new Random(17);
        for (int length = 0; length < 40; length++)
            for (int i = 0; i < 5; i++) {
                byte[] key = new byte[length];
                random.nextBytes(key);
                line(key);
            }
    }
}
JAVA
java -cp "$KAFKA_HOME/libs/*" "$work/Vectors.java"

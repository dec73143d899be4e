namespace KafkaFlow.Avro.Parsing;

/// <summary>CRC-64-AVRO of the Avro specification, section "Schema Fingerprints".</summary>
internal static class RabinFingerprint
{
    private const ulong Empty = 0xc15d213aa4d7a795UL;
    private static readonly ulong[] Table = BuildTable();

    public static ulong Of(ReadOnlySpan<byte> data)
    {
        ulong fingerprint = Empty;
        foreach (byte b in data)
            fingerprint = (fingerprint >> 8) ^ Table[(int)(fingerprint ^ b) & 0xff];
        return fingerprint;
    }

    private static ulong[] BuildTable()
    {
        var table = new ulong[256];
        for (int i = 0; i < table.Length; i++)
        {
            ulong entry = (ulong)i;
            for (int bit = 0; bit < 8; bit++)
                entry = (entry >> 1) ^ (Empty & (0UL - (entry & 1UL)));
            table[i] = entry;
        }

        return table;
    }
}

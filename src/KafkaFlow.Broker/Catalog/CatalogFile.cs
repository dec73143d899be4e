using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using KafkaFlow.Broker.Storage;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Catalog;

/// <summary>What a broker knows besides its logs.</summary>
internal sealed record CatalogState(string ClusterId, long NextProducerId, List<TopicState> Topics);

internal sealed record TopicState(string Name, Guid Id, int Partitions, Dictionary<string, string> Config);

/// <summary>The catalog as one small file: a checksum, then JSON. Replaced as a whole.</summary>
internal static class CatalogFile
{
    private const string Path = "catalog";

    /// <exception cref="BrokerException">The file is damaged.</exception>
    public static CatalogState? Read(IBrokerFiles files)
    {
        if (files.ReadAll(Path) is not { } bytes) return null;
        var text = Encoding.UTF8.GetString(bytes);
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        var sum = Crc32C.Of(bytes.AsSpan(line + 1));
        if (line != 8 || uint.Parse(text[..8], NumberStyles.HexNumber, CultureInfo.InvariantCulture) != sum)
            throw new BrokerException($"file {Path}: expected checksum {text[..Math.Max(0, line)]}, found {sum:x8}");
        return JsonSerializer.Deserialize(text[(line + 1)..], CatalogJson.Default.CatalogState) ??
            throw new BrokerException($"file {Path}: expected an object, found null");
    }

    public static void Write(IBrokerFiles files, CatalogState state)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(state, CatalogJson.Default.CatalogState);
        files.Replace(Path, [.. Encoding.ASCII.GetBytes($"{Crc32C.Of(json):x8}\n"), .. json]);
    }
}

[JsonSerializable(typeof(CatalogState))]
[JsonSourceGenerationOptions(WriteIndented = true)]
internal sealed partial class CatalogJson : JsonSerializerContext;

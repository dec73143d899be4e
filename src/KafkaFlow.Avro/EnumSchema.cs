using System.Collections.Frozen;

namespace KafkaFlow.Avro;

public sealed class EnumSchema : AvroSchema
{
    private readonly FrozenDictionary<string, int> _ordinals;

    internal EnumSchema(AvroName name, IReadOnlyList<string> symbols, string? defaultSymbol)
        : base(AvroType.Enum, name)
    {
        Symbols = symbols;
        DefaultSymbol = defaultSymbol;
        _ordinals = symbols.Select((symbol, at) => KeyValuePair.Create(symbol, at))
            .ToFrozenDictionary(StringComparer.Ordinal);
    }

    public IReadOnlyList<string> Symbols { get; }

    /// <summary>What a reader takes for a symbol it does not know.</summary>
    public string? DefaultSymbol { get; }

    /// <summary>Ordinal from 0, or -1.</summary>
    public int OrdinalOf(string symbol) => _ordinals.GetValueOrDefault(symbol, -1);
}

namespace KafkaFlow.Wire;

/// <summary>
/// A part of a message. One method reads and writes it, so that both directions cannot differ: the codec either fills
/// the fields or takes them.
/// </summary>
public interface IWire
{
    void Code(Codec c);
}

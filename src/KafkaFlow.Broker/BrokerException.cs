namespace KafkaFlow.Broker;

/// <summary>The broker cannot start or go on; the message says where, what was expected and what was found.</summary>
public sealed class BrokerException : Exception
{
    public BrokerException(string message) : base(message)
    {
    }

    public BrokerException(string message, Exception cause) : base(message, cause)
    {
    }
}

/// <summary>A test has asked for a crash at this point: nothing more is written.</summary>
public sealed class BrokerCrashedException(string point)
    : Exception($"the broker crashed at '{point}' as a test asked");
